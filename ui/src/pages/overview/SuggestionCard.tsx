import { useState } from 'react';
import { Anchor, Badge, Button, Card, Checkbox, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { pick, useLanguage, useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { bytes, duration } from '@/ui/format';
import { TrialResult } from './TrialResult';
import {
  admissionQuery,
  definitionQuery,
  fieldsOf,
  stillMissing,
  trialQuery,
  type Draft,
  type Suggestion,
} from './suggestions';

interface Props {
  suggestion: Suggestion;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  picked: boolean;
  onPick: (picked: boolean) => void;
  /** Tried without being asked. */
  auto: boolean;
  /** Id of the monitor that it has become. */
  saved: string | undefined;
  error: unknown;
  busy: boolean;
  onSave: () => void;
}

export function SuggestionCard(props: Props) {
  const { suggestion, draft, onDraft, saved } = props;
  const t = useWords('overview');
  const [language] = useLanguage();
  const [asked, setAsked] = useState(false);
  const [settled] = useDebouncedValue(draft, 500);
  const fields = fieldsOf(suggestion, settled);
  const complete = stillMissing(suggestion, settled).length === 0;
  // A trial of what was typed a moment ago would say nothing of what stands there now.
  const settling = JSON.stringify(settled) !== JSON.stringify(draft);
  const wanted = complete && (props.auto || asked) && saved === undefined;
  // What a user types does not go out to the target with each key: only when it was asked for.
  const trial = useQuery(trialQuery(fields, wanted && suggestion.missing.length === 0));
  const admission = useQuery(admissionQuery(fields, wanted && settled.name.trim() !== ''));
  const tried = () => {
    setAsked(true);
    void trial.refetch();
  };

  return (
    <Card component="li" aria-label={suggestion.name} padding="sm">
      <Group wrap="nowrap" align="flex-start">
        <Checkbox
          mt={6}
          checked={saved !== undefined || props.picked}
          disabled={saved !== undefined || !complete || props.busy}
          onChange={(event) => props.onPick(event.currentTarget.checked)}
          aria-label={t('start.pick', { name: draft.name })}
        />
        <Stack gap={6} style={{ flex: 1, minWidth: 0 }}>
          <Group justify="space-between" gap="xs">
            <Group gap="xs">
              <Badge variant="light" tt="none">
                {suggestion.app}
              </Badge>
              <Text size="sm" c="dimmed">
                {t(`start.reason.${suggestion.reason}`, { port: suggestion.port ?? '' })}
                {suggestion.duration_ms !== null && ` · ${duration(suggestion.duration_ms, language)}`}
              </Text>
            </Group>
            {saved !== undefined ? (
              <Anchor renderRoot={(link) => <Link to="/monitors/$id" params={{ id: saved }} {...link} />}>
                {t('start.open')}
              </Anchor>
            ) : (
              <Button
                size="xs"
                disabled={!complete || props.busy || draft.name.trim() === ''}
                onClick={props.onSave}
                aria-label={t('start.saveOne', { name: draft.name })}
              >
                {t('start.save')}
              </Button>
            )}
          </Group>
          {saved === undefined ? (
            <TextInput
              size="xs"
              label={t('start.name')}
              value={draft.name}
              maxLength={200}
              onChange={(event) => onDraft({ ...draft, name: event.currentTarget.value })}
            />
          ) : (
            <Name>{draft.name}</Name>
          )}
          {saved === undefined && suggestion.missing.length > 0 && (
            <Missing suggestion={suggestion} draft={draft} onDraft={onDraft} />
          )}
          {saved === undefined && (
            <TrialResult
              trial={trial.data}
              error={trial.error}
              running={trial.isFetching}
              possible={complete && !settling}
              run={tried}
            />
          )}
          {saved === undefined && admission.data !== undefined && (
            <Text size="sm" c={admission.data.verdict === 'fits' ? 'dimmed' : undefined} fw={admission.data.verdict === 'fits' ? 400 : 600}>
              {t(`start.admission.${admission.data.verdict}`, {
                bytes: bytes(admission.data.bytes_wanted),
                left: bytes(admission.data.bytes_left),
                interval: duration(admission.data.fits_at_ms ?? admission.data.interval_ms, language),
              })}
            </Text>
          )}
          {saved === undefined && admission.error !== null && <ProblemNote error={admission.error} />}
          {props.error != null && <ProblemNote error={props.error} retry={props.onSave} />}
        </Stack>
      </Group>
    </Card>
  );
}

/** Inputs for what a definition needs and nobody can guess, such as a user and a password. */
function Missing({ suggestion, draft, onDraft }: Pick<Props, 'suggestion' | 'draft' | 'onDraft'>) {
  const { data } = useQuery(definitionQuery(suggestion.app, true));
  return (
    <Group grow align="flex-end" preventGrowOverflow={false}>
      {suggestion.missing.map((field) => {
        const param = data?.params.find((one) => one.field === field);
        const Input = param?.secret ? PasswordInput : TextInput;
        return (
          <Input
            key={field}
            size="xs"
            required
            label={param ? pick(param.name) || field : field}
            placeholder={param?.placeholder ?? undefined}
            // A browser must not offer the password of the operator's own account for that of a database.
            autoComplete={param?.secret ? 'new-password' : 'off'}
            value={draft.params[field] ?? ''}
            onChange={(event) => onDraft({ ...draft, params: { ...draft.params, [field]: event.currentTarget.value } })}
          />
        );
      })}
    </Group>
  );
}
