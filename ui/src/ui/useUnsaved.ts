import { useBlocker } from '@tanstack/react-router';
import { useWords } from '@/i18n';
import { useConfirm } from './Confirm';

/** Asks before what was entered is left behind: by a link of the program, and by closing the tab. */
export function useUnsaved(dirty: boolean): void {
  const t = useWords('ui');
  const confirm = useConfirm();
  useBlocker({
    shouldBlockFn: async ({ current, next }) => {
      if (!dirty || current.pathname === next.pathname) return false; // a tab or a filter of the same page
      return !(await confirm({ title: t('unsaved.title'), body: t('unsaved.what'), yes: t('unsaved.leave'), danger: true }));
    },
    enableBeforeUnload: () => dirty,
    disabled: !dirty,
  });
}
