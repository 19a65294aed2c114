import { useEffect, useRef, useState, type Ref } from 'react';
import { CloseButton, TextInput, type TextInputProps } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useWords } from '@/i18n';

interface Props extends Omit<TextInputProps, 'value' | 'onChange'> {
  value: string;
  onChange: (text: string) => void;
  label?: string;
  inputRef?: Ref<HTMLInputElement>;
}

const pauseMs = 150;

/** Tells what was typed when there is a pause; Enter tells it at once. */
export function SearchInput({ value, onChange, label, inputRef, ...rest }: Props) {
  const t = useWords('common');
  const [text, setText] = useState(value);
  const told = useRef(value);
  const newest = useRef(onChange);
  useEffect(() => {
    newest.current = onChange;
  });

  useEffect(() => {
    if (value === told.current) return; // what was told comes back
    told.current = value;
    setText(value);
  }, [value]);

  function tell(next: string): void {
    if (next === told.current) return;
    told.current = next;
    newest.current(next);
  }
  useEffect(() => {
    const timer = setTimeout(() => tell(text), pauseMs);
    return () => clearTimeout(timer);
  }, [text]);

  return (
    <TextInput
      ref={inputRef}
      type="search"
      aria-label={label ?? t('actions.search')}
      placeholder={label ?? t('actions.search')}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={text === '' ? null : <CloseButton size="sm" aria-label={t('actions.clear')} onClick={() => setText('')} />}
      value={text}
      maxLength={200}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') tell(text);
        if (event.key === 'Escape' && text !== '') {
          event.stopPropagation();
          setText('');
        }
      }}
      {...rest}
    />
  );
}
