import { Anchor } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useWords } from '@/i18n';
import { EntryForm, leastPassword } from './EntryForm';
import { logInAfter, useLinkToken } from './enter';

/** A new password, by a link of `holter account reset`. */
export default function ResetPage() {
  const t = useWords('entry');
  const navigate = useNavigate();
  const client = useQueryClient();
  const token = useLinkToken();

  return (
    <EntryForm
      title={t('reset.title')}
      hint={t('reset.hint', { least: leastPassword })}
      go={t('reset.go')}
      withName={false}
      isNew
      notice={token === '' ? t('noToken') : undefined}
      submit={async ({ password }) => {
        const { account } = await ok(api.POST('/api/v1/password-reset', { body: { token, password } }));
        const to = await logInAfter(client, { name: account, password });
        await navigate({ to, replace: true });
      }}
    >
      <Anchor fz="sm" renderRoot={(props) => <Link to="/login" {...props} />}>
        {t('toLogin')}
      </Anchor>
    </EntryForm>
  );
}
