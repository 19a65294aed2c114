import { useEffect, useRef } from 'react';
import { useComputedColorScheme } from '@mantine/core';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useWords } from '@/i18n';
import type { DiffProps } from './CodeEditor';
import { common } from './codeSetup';

const around = 3;

export default function Diff({ before, after, language, label }: DiffProps) {
  const t = useWords('ui');
  const place = useRef<HTMLDivElement>(null);
  const isDark = useComputedColorScheme('light') === 'dark';
  const name = label ?? t('diff.title');
  useEffect(() => {
    const parent = place.current;
    if (parent === null) return undefined;
    const made = new EditorView({
      parent,
      state: EditorState.create({
        doc: after,
        extensions: [
          common(language, isDark, name),
          EditorState.readOnly.of(true),
          unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: around, minSize: 2 * around } }),
        ],
      }),
    });
    return () => made.destroy();
  }, [before, after, language, isDark, name]);
  return <div ref={place} />;
}
