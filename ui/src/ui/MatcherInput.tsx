import { TagsInput } from '@mantine/core';
import { useWords } from '@/i18n';

interface Props {
  /** E.g. ['app="mysql"', 'severity=~"warning|critical"']. */
  value: string[];
  onChange: (matchers: string[]) => void;
  label?: string;
  description?: string;
  error?: string | undefined;
  disabled?: boolean;
}

const matcher = /^\s*[A-Za-z_][\w.-]*\s*(=~|!~|!=|=)\s*.+$/;

/** Whether a text can be a matcher; the server decides. */
export function isMatcher(text: string): boolean {
  return matcher.test(text);
}

/** Matchers with = != =~ !~, as Alertmanager writes them; all must hold. */
export function MatcherInput({ value, onChange, label, description, error, disabled = false }: Props) {
  const t = useWords('ui');
  const wrong = value.find((one) => !isMatcher(one));
  return (
    <TagsInput
      label={label ?? t('matchers.title')}
      description={description ?? t('matchers.help')}
      placeholder={'app="website"'}
      value={value}
      onChange={onChange}
      splitChars={['\n']}
      acceptValueOnBlur
      allowDuplicates={false}
      disabled={disabled}
      error={error ?? (wrong === undefined ? undefined : t('matchers.wrong', { text: wrong }))}
    />
  );
}
