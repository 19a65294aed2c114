import { useState } from 'react';
import { Button, Collapse, NumberInput, PasswordInput, Select, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import type { Schemas } from '@/api/client';
import { pick, useWords } from '@/i18n';

/** One value that a form asks for. Values are texts, as the API takes them. */
export interface FormField {
  name: string;
  label: string;
  type: string;
  help?: string;
  required?: boolean;
  secret?: boolean;
  /** Among the advanced ones. */
  hidden?: boolean;
  default?: string | null;
  placeholder?: string | null;
  options?: { label: string; value: string }[];
  min?: number | undefined;
  max?: number | undefined;
  /** Most characters. */
  limit?: number | undefined;
  /** It is shown when these have one of these values. */
  depend?: Record<string, string[]>;
}

export type FormValue = Record<string, string>;

/** "[0,65535]" as bounds. */
export function boundsOf(range: string | null | undefined): { min?: number; max?: number } {
  const found = /^\s*\[\s*(-?[\d.]+)?\s*,\s*(-?[\d.]+)?\s*\]\s*$/.exec(range ?? '');
  if (found === null) return {};
  return {
    ...(found[1] === undefined ? {} : { min: Number(found[1]) }),
    ...(found[2] === undefined ? {} : { max: Number(found[2]) }),
  };
}

export function fieldsOfParams(params: Schemas['DefinitionParam'][]): FormField[] {
  return params.map((param) => ({
    name: param.field,
    label: pick(param.name) || param.field,
    type: param.type,
    required: param.required,
    secret: param.secret,
    hidden: param.hide,
    default: param.default,
    placeholder: param.placeholder,
    options: param.options,
    ...boundsOf(param.range),
    limit: param.limit ?? undefined,
    depend: param.depend,
  }));
}

export function fieldsOfChannel(channel: Schemas['AlertChannel']): FormField[] {
  return channel.inputs.map((input) => ({
    name: input.name,
    label: pick(input.title) || input.name,
    type: input.type,
    help: pick(input.help),
    required: input.required,
    secret: input.secret,
    default: input.default,
    options: input.choices.map((value) => ({ label: value, value })),
  }));
}

/** Whether the values of others let it be asked for; what has no value counts with its default. */
export function isAskedFor(field: FormField, value: FormValue, fields: FormField[]): boolean {
  return Object.entries(field.depend ?? {}).every(([other, wanted]) => {
    const now = value[other] ?? fields.find((one) => one.name === other)?.default ?? '';
    return wanted.includes(now);
  });
}

/** What is missing, or out of bounds, by name; the server checks all of it again. */
export function faultsOf(fields: FormField[], value: FormValue, secretsKept: boolean): Record<string, 'required' | 'number' | 'bounds'> {
  const faults: Record<string, 'required' | 'number' | 'bounds'> = {};
  for (const field of fields) {
    if (!isAskedFor(field, value, fields)) continue;
    const text = value[field.name] ?? '';
    if (text === '') {
      const isKept = field.secret === true && secretsKept;
      if (field.required === true && !isKept && (field.default ?? '') === '') faults[field.name] = 'required';
      continue;
    }
    if (field.type !== 'number') continue;
    const n = Number(text);
    if (!Number.isFinite(n)) faults[field.name] = 'number';
    else if (n < (field.min ?? -Infinity) || n > (field.max ?? Infinity)) faults[field.name] = 'bounds';
  }
  return faults;
}

interface Props {
  fields: FormField[];
  value: FormValue;
  onChange: (value: FormValue) => void;
  /** By name, in words. */
  errors?: Record<string, string | undefined>;
  disabled?: boolean;
  /** A stored secret stays as it is where nothing is entered. */
  secretsKept?: boolean;
}

/** One form drawn from a list of fields: the parameters of a definition, the settings of a channel. */
export function SchemaForm({ fields, value, onChange, errors = {}, disabled = false, secretsKept = false }: Props) {
  const t = useWords('ui');
  const [more, setMore] = useState(false);
  const asked = fields.filter((field) => isAskedFor(field, value, fields));
  const plain = asked.filter((field) => field.hidden !== true);
  const hidden = asked.filter((field) => field.hidden === true);
  // What is at fault, or was set, is not folded away.
  const isOpen = more || hidden.some((field) => errors[field.name] !== undefined);
  const draw = (field: FormField) => (
    <FieldInput
      key={field.name}
      field={field}
      value={value[field.name]}
      error={errors[field.name]}
      disabled={disabled}
      secretsKept={secretsKept}
      onChange={(text) => onChange({ ...value, [field.name]: text })}
    />
  );
  return (
    <Stack>
      {plain.map(draw)}
      {hidden.length > 0 && (
        <>
          <Button
            variant="subtle"
            size="xs"
            w="fit-content"
            aria-expanded={isOpen}
            leftSection={isOpen ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
            onClick={() => setMore(!isOpen)}
          >
            {t('form.advanced', { n: hidden.length })}
          </Button>
          <Collapse in={isOpen}>{isOpen && <Stack>{hidden.map(draw)}</Stack>}</Collapse>
        </>
      )}
    </Stack>
  );
}

interface InputProps {
  field: FormField;
  value: string | undefined;
  error: string | undefined;
  disabled: boolean;
  secretsKept: boolean;
  onChange: (text: string) => void;
}

const longTypes = new Set(['textarea', 'lines', 'array', 'key-value', 'labels', 'metrics-field', 'text-area']);

function FieldInput({ field, value, error, disabled, secretsKept, onChange }: InputProps) {
  const t = useWords('ui');
  const fallback = field.default ?? '';
  const kept = field.secret === true && secretsKept;
  const common = {
    label: field.label,
    description: field.help === '' ? undefined : field.help,
    error,
    disabled,
    required: field.required === true && !kept,
    withAsterisk: field.required === true && !kept,
    placeholder: kept ? t('form.kept') : (field.placeholder ?? (fallback === '' ? undefined : t('form.default', { value: fallback }))),
  };
  const text = value ?? '';
  if (field.type === 'boolean')
    return (
      <Switch
        label={field.label}
        description={common.description}
        error={error}
        disabled={disabled}
        checked={(value ?? fallback) === 'true'}
        onChange={(event) => onChange(event.currentTarget.checked ? 'true' : 'false')}
      />
    );
  if ((field.options?.length ?? 0) > 0)
    return (
      <Select
        {...common}
        data={field.options ?? []}
        value={value ?? (fallback === '' ? null : fallback)}
        onChange={(one) => onChange(one ?? '')}
        allowDeselect={field.required !== true}
        searchable={(field.options?.length ?? 0) > 10}
      />
    );
  if (field.type === 'number')
    return (
      <NumberInput
        {...common}
        value={text === '' ? '' : Number.isFinite(Number(text)) ? Number(text) : text}
        onChange={(n) => onChange(String(n))}
        {...(field.min === undefined ? {} : { min: field.min })}
        {...(field.max === undefined ? {} : { max: field.max })}
        clampBehavior="none"
      />
    );
  if (field.type === 'password' || field.secret === true)
    return <PasswordInput {...common} value={text} onChange={(event) => onChange(event.currentTarget.value)} autoComplete="new-password" />;
  if (longTypes.has(field.type))
    return (
      <Textarea {...common} value={text} onChange={(event) => onChange(event.currentTarget.value)} autosize minRows={2} maxRows={12} spellCheck={false} />
    );
  return (
    <TextInput
      {...common}
      value={text}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={field.limit ?? 10_000}
      spellCheck={false}
      autoComplete="off"
    />
  );
}
