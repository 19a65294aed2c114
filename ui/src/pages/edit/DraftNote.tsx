import { Alert, Button, Group } from '@mantine/core';
import { useWords } from '@/i18n';

interface Props {
  /** The monitor has been changed since. */
  isOld: boolean;
  onTake: () => void;
  onDrop: () => void;
}

/** Edits that were left unsaved in this tab. */
export function DraftNote({ isOld, onTake, onDrop }: Props) {
  const t = useWords('edit');
  return (
    <Alert color="blue" role="status">
      <Group>
        {t(isOld ? 'draft.old' : 'draft.there')}
        <Button size="xs" onClick={onTake}>
          {t('draft.take')}
        </Button>
        <Button size="xs" variant="default" onClick={onDrop}>
          {t('draft.drop')}
        </Button>
      </Group>
    </Alert>
  );
}
