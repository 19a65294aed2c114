import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useWords } from '@/i18n';
import { EntryForm } from './EntryForm';
import { localPath, logIn } from './enter';

/** Why a login by a provider failed, as the server says it in the address (src/api/handlers_oidc.cc). */
const FAILURES = ['later', 'stale', 'refused', 'provider', 'unknown', 'taken', 'error'];

export default function LoginPage() {
  const t = useWords('entry');
  const navigate = useNavigate();
  const client = useQueryClient();
  const search = useSearch({ strict: false }) as { next?: string; failed?: string };
  const next = localPath(search.next);
  const state = useQuery({ queryKey: ['setup'], queryFn: ({ signal }) => ok(api.GET('/api/v1/setup', { signal })) }).data;
  const notice =
    search.failed !== undefined && FAILURES.includes(search.failed)
      ? t(`failed.${search.failed}`)
      : state?.needed === true
        ? t('setUpNeeded')
        : undefined;

  return (
    <EntryForm
      title={t('login.title')}
      hint={t('login.hint')}
      go={t('login.go')}
      withName
      isNew={false}
      notice={notice}
      submit={async (entered) => {
        await logIn(client, entered);
        await navigate({ href: next, replace: true });
      }}
    >
      {state?.oidc && (
        <Button component="a" variant="default" href={`/api/v1/login/oidc?${new URLSearchParams({ next }).toString()}`}>
          {state.oidc.name}
        </Button>
      )}
    </EntryForm>
  );
}
