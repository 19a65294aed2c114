import { createContext, useCallback, useContext, useRef, useState, type ReactNode } from 'react';
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useWords } from '@/i18n';
import { Name } from './Name';

export interface Question {
  title: string;
  body: ReactNode;
  /** The button's word; "OK" otherwise, or "Delete" where it is dangerous. */
  yes?: string;
  danger?: boolean;
  /** A text to be typed first, for what cannot be taken back. */
  typed?: string;
}

type Ask = (question: Question) => Promise<boolean>;
const ConfirmContext = createContext<Ask | null>(null);

/** `await confirm({...})`: whether the user says yes. */
export function useConfirm(): Ask {
  const ask = useContext(ConfirmContext);
  if (ask === null) throw new Error('useConfirm() outside of ConfirmProvider');
  return ask;
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const t = useWords('common');
  const ui = useWords('ui');
  const [question, setQuestion] = useState<Question | null>(null);
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const answer = useRef<((yes: boolean) => void) | null>(null);

  const ask = useCallback<Ask>((next) => {
    answer.current?.(false); // one question at a time
    setQuestion(next);
    setTyped('');
    setOpen(true);
    return new Promise((done) => {
      answer.current = done;
    });
  }, []);

  function finish(yes: boolean): void {
    setOpen(false); // the texts stay while the dialog fades
    answer.current?.(yes);
    answer.current = null;
  }

  const danger = question?.danger === true;
  const ready = question?.typed === undefined || typed === question.typed;
  return (
    <ConfirmContext value={ask}>
      {children}
      <Modal opened={open} onClose={() => finish(false)} title={question?.title} closeButtonProps={{ 'aria-label': t('actions.close') }}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            event.stopPropagation();
            if (ready) finish(true);
          }}
        >
          <Stack>
            <Text component="div">{question?.body}</Text>
            {question?.typed !== undefined && (
              <TextInput
                label={
                  <>
                    {ui('confirm.type')} <Name>{question.typed}</Name>
                  </>
                }
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
                data-autofocus
              />
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={() => finish(false)}>
                {t('actions.cancel')}
              </Button>
              <Button type="submit" color={danger ? 'red' : undefined} disabled={!ready} data-autofocus={question?.typed === undefined}>
                {question?.yes ?? t(danger ? 'actions.delete' : 'actions.ok')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </ConfirmContext>
  );
}
