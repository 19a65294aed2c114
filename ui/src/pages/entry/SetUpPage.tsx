import { Anchor } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useWords } from '@/i18n';
import { EntryForm, leastPassword } from './EntryForm';
import { logInAfter, useLinkToken } from './enter';

/** The first account, by the link that is printed at the start. */
export default function SetUpPage() {
  const t = useWords('entry');
  const navigate = useNavigate();
  const client = useQueryClient();
  const token = useLinkToken();

  return (
    <EntryForm
      title={t('setup.title')}
      hint={t('setup.hint', { least: leastPassword })}
      go={t('setup.go')}
      withName
      isNew
      notice={token === '' ? t('noToken') : undefined}
      submit={async ({ name, password }) => {
        await ok(api.POST('/api/v1/setup', { body: { token, name, password } }));
        const to = await logInAfter(client, { name, password });
        await navigate({ to, replace: true });
      }}
    >
      <Anchor fz="sm" renderRoot={(props) => <Link to="/login" {...props} />}>
        {t('toLogin')}
      </Anchor>
    </EntryForm>
  );
}
