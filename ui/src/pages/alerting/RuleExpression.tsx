import { useCallback } from 'react';
import { Fieldset, SegmentedControl, Stack, Text } from '@mantine/core';
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { pick, useWords } from '@/i18n';
import { CodeEditor } from '@/ui/CodeEditor';
import { textOf, type ExtraProps, type Spec } from './documents';

/** docs/expressions.md. */
const FUNCTIONS = ['abs', 'ceil', 'contains', 'ends_with', 'equals', 'exists', 'floor', 'lower', 'matches', 'max', 'min', 'now', 'round', 'starts_with', 'upper'];
const OF_RESULT = ['state', 'code', 'duration', 'rows'];

interface Option {
  label: string;
  type: string;
  detail?: string;
}

/** What an expression over these sets may name. */
export function namesFor(definition: Schemas['Definition'] | undefined, set: string): Option[] {
  const sets = (definition?.results ?? []).filter((one) => set === '' || one.name === set);
  const fields = new Map<string, Option>();
  for (const one of sets)
    for (const field of one.fields)
      fields.set(field.field, {
        label: field.field,
        type: 'property',
        detail: [pick(field.i18n), field.unit, set === '' ? one.name : ''].filter((part) => part !== '').join(' · '),
      });
  return [
    ...fields.values(),
    ...OF_RESULT.map((label) => ({ label, type: 'variable' })),
    ...FUNCTIONS.map((label) => ({ label, type: 'function' })),
  ];
}

/** What kind of rule it is, and the condition of a realtime one, with completion of the fields that it may name. */
export function RuleExpression({ document: { spec }, onChange, errors, readOnly, id }: ExtraProps) {
  const t = useWords('alerting');
  const kind = textOf(spec['kind']) || 'realtime';
  const selector = spec['selector'] as Spec | undefined;
  const app = textOf(selector?.['app']);
  const set = textOf(selector?.['set']);
  const definition = useQuery({
    queryKey: ['definitions', app],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/definitions/{name}', { params: { path: { name: app } }, signal })),
    enabled: app !== '',
  });
  const known = typeof definition.data === 'object' ? definition.data : undefined;
  const complete = useCallback(
    (context: CompletionContext): CompletionResult | null => {
      const word = context.matchBefore(/[\w.]*/);
      if (word === null || (word.from === word.to && !context.explicit)) return null;
      return { from: word.from, options: namesFor(known, set) };
    },
    [known, set],
  );
  if (kind === 'builtin') return <Text c="dimmed">{t('rules.builtIn')}</Text>;
  return (
    <Fieldset legend={t('rules.group.condition')} disabled={readOnly}>
      <Stack>
        {id === null && (
          <SegmentedControl
            aria-label={t('rules.kind')}
            w="fit-content"
            data={(['realtime', 'periodic'] as const).map((value) => ({ value, label: t(`rules.option.kind.${value}`) }))}
            value={kind}
            onChange={(next) => onChange({ ...spec, kind: next })}
          />
        )}
        <Text c="dimmed" fz="sm">
          {t(`rules.kindWhat.${kind}`)}
        </Text>
        {kind === 'realtime' &&
          (['expression', 'recovery'] as const).map((key) => (
            <div key={key}>
              <Text fw={500} fz="sm">
                {t(`rules.field.${key}`)}
              </Text>
              <Text c="dimmed" fz="xs">
                {t(`rules.help.${key}`)}
              </Text>
              <CodeEditor
                language="expression"
                label={t(`rules.field.${key}`)}
                value={textOf(spec[key])}
                onChange={(text) => onChange({ ...spec, [key]: text })}
                complete={complete}
                readOnly={readOnly}
                minHeight="2.5rem"
              />
              {errors[key] !== undefined && (
                <Text c="red" fz="sm" role="alert">
                  {errors[key]}
                </Text>
              )}
            </div>
          ))}
      </Stack>
    </Fieldset>
  );
}
