import { lazy, Suspense } from 'react';
import type { CompletionSource } from '@codemirror/autocomplete';
import { Loading } from './Loading';

export interface CodeFault {
  /** From 1. */
  line: number;
  column?: number | undefined;
  message: string;
  severity: 'error' | 'warning' | 'info';
}
export interface CodeEditorProps {
  value: string;
  onChange?: (text: string) => void;
  language: 'yaml' | 'sql' | 'expression' | 'text';
  complete?: CompletionSource;
  /** What is wrong with the text, asked when there is a pause. */
  lint?: (text: string) => Promise<CodeFault[]>;
  readOnly?: boolean;
  /** For screen readers. */
  label: string;
  minHeight?: string;
}

const Code = lazy(() => import('./Code'));
const Diff = lazy(() => import('./Diff'));

export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<Loading />}>
      <Code {...props} />
    </Suspense>
  );
}

export interface DiffProps {
  before: string;
  after: string;
  language: CodeEditorProps['language'];
  label?: string;
}

/** What has changed between two texts, one below the other. */
export function DiffView(props: DiffProps) {
  return (
    <Suspense fallback={<Loading />}>
      <Diff {...props} />
    </Suspense>
  );
}
