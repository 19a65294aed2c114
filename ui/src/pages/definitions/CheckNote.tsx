import { Alert, Anchor, List, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '@/api/client';
import { useWords } from '@/i18n';
import { number } from '@/ui/format';
import { Name } from '@/ui/Name';
import { Refused } from './Refused';

/** What the server says of the text: in words and in a list, since marks in an editor are not for everybody. */
export function CheckNote({ check }: { check: Schemas['DefinitionCheck'] }) {
  const t = useWords('definitions');
  return (
    <Alert color={check.usable ? 'teal' : 'red'} role="status">
      <Text>{t(check.usable ? 'edit.usable' : 'edit.notUsable', { n: number(check.monitors) })}</Text>
      {check.findings.length > 0 && (
        <List size="sm" aria-label={t('edit.findings')}>
          {check.findings.map((one, i) => (
            <List.Item key={i}>
              {t(`severity.${one.severity}`)}{' '}
              {one.line !== null && t('edit.line', { line: one.line, column: one.column ?? 1 })}{' '}
              <Name wrap>{one.key === '' ? one.message : `${one.key}: ${one.message}`}</Name>
            </List.Item>
          ))}
        </List>
      )}
      <Refused monitors={check.refused} count={check.refused_count} />
    </Alert>
  );
}

/** There is a definition of that app already: it is edited, not made. */
export function ExistsNote({ app }: { app: string }) {
  const t = useWords('definitions');
  return (
    <Alert color="orange" role="alert">
      {t('edit.exists', { app })} <Anchor renderRoot={(props) => <Link to="/definitions/$name/edit" params={{ name: app }} {...props} />}>{t('edit.editIt')}</Anchor>
    </Alert>
  );
}
