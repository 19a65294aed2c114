import { Badge, Code, Group, Stack, Table, Text, Title } from '@mantine/core';
import { pick, useLanguage, useWords } from '@/i18n';
import { duration } from '@/ui/format';
import { Name } from '@/ui/Name';
import type { Definition } from './queries';

/** What is asked, and what its answers have. */
export function Sets({ definition }: { definition: Definition }) {
  const t = useWords('definitions');
  const [language] = useLanguage();
  return (
    <Stack>
      {definition.results.map((set) => (
        <Stack key={set.name} gap="xs" component="section" aria-label={pick(set.i18n) || set.name}>
          <Group gap="xs">
            <Title order={2} size="h5">
              <Name>{pick(set.i18n) || set.name}</Name>
            </Title>
            <Code>{set.name}</Code>
            <Badge variant="outline" tt="none">
              {set.protocol}
            </Badge>
            {set.priority === 0 && (
              <Badge variant="light" tt="none">
                {t('decides')}
              </Badge>
            )}
            {!set.visible && (
              <Badge variant="light" color="gray" tt="none">
                {t('aid')}
              </Badge>
            )}
            {set.interval_ms !== null && <Text c="dimmed">{t('every', { time: duration(set.interval_ms, language) })}</Text>}
          </Group>
          {set.dynamic && <Text c="dimmed">{t('dynamic')}</Text>}
          {set.fields.length > 0 && (
            <Table.ScrollContainer minWidth={300}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('param')}</Table.Th>
                    <Table.Th>{t('name')}</Table.Th>
                    <Table.Th>{t('kind')}</Table.Th>
                    <Table.Th>{t('unit')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {set.fields.map((field) => (
                    <Table.Tr key={field.field}>
                      <Table.Td>
                        <Code>{field.field}</Code>
                      </Table.Td>
                      <Table.Td>
                        <Name wrap>{pick(field.i18n)}</Name>
                      </Table.Td>
                      <Table.Td>{field.label ? t('label') : t(`type.${field.type}`)}</Table.Td>
                      <Table.Td>{field.unit}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </Stack>
      ))}
    </Stack>
  );
}

type Param = Definition['params'][number];

/** What a user fills in. */
export function Params({ definition }: { definition: Definition }) {
  const t = useWords('definitions');
  if (definition.params.length === 0) return <Text c="dimmed">{t('noParams')}</Text>;
  return (
    <Table.ScrollContainer minWidth={300}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('param')}</Table.Th>
            <Table.Th>{t('name')}</Table.Th>
            <Table.Th>{t('kind')}</Table.Th>
            <Table.Th>{t('default')}</Table.Th>
            <Table.Th>{t('shownWhen')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {definition.params.map((param) => (
            <ParamRow key={param.field} param={param} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function ParamRow({ param }: { param: Param }) {
  const t = useWords('definitions');
  const notes = [
    param.type,
    param.required ? t('required') : '',
    param.hide ? t('advanced') : '',
    param.range ?? '',
    param.limit === null ? '' : t('most', { n: param.limit }),
    param.options.map((option) => option.value).join(' | '),
  ];
  return (
    <Table.Tr>
      <Table.Td>
        <Code>{param.field}</Code>
      </Table.Td>
      <Table.Td>
        <Name wrap>{pick(param.name)}</Name>
      </Table.Td>
      <Table.Td>
        <Name wrap>{notes.filter((note) => note !== '').join(' · ')}</Name>
      </Table.Td>
      <Table.Td>
        <Name wrap>{param.default ?? ''}</Name>
      </Table.Td>
      <Table.Td>
        {Object.entries(param.depend).map(([other, values]) => (
          <Code key={other}>{`${other}: ${values.join(' | ')}`}</Code>
        ))}
      </Table.Td>
    </Table.Tr>
  );
}
