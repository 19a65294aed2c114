import { useEffect, useRef } from 'react';
import { useComputedColorScheme } from '@mantine/core';
import { lintGutter, linter, type Diagnostic } from '@codemirror/lint';
import { Compartment, EditorState, type Text } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { toProblem } from '@/api/problem';
import type { CodeEditorProps, CodeFault } from './CodeEditor';
import { common, completion } from './codeSetup';

const pauseMs = 500;

/** The place of a fault; its line to the end where no column is known. */
function diagnosticOf(doc: Text, fault: CodeFault): Diagnostic {
  const line = doc.line(Math.max(1, Math.min(doc.lines, fault.line)));
  const from = fault.column === undefined ? line.from : Math.min(line.to, line.from + Math.max(0, fault.column - 1));
  return { from, to: Math.max(from, line.to), severity: fault.severity, message: fault.message };
}

export default function Code({ value, onChange, language, complete, lint, readOnly = false, label, minHeight = '8rem' }: CodeEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const isDark = useComputedColorScheme('light') === 'dark';
  const newest = useRef({ onChange, complete, lint });
  const first = useRef(value);
  const locked = useRef(new Compartment());
  useEffect(() => {
    newest.current = { onChange, complete, lint };
  });
  const hasLint = lint !== undefined;
  const hasCompletion = complete !== undefined;

  useEffect(() => {
    const parent = place.current;
    if (parent === null) return undefined;
    const made = new EditorView({
      parent,
      state: EditorState.create({
        doc: view.current?.state.doc ?? first.current,
        extensions: [
          common(language, isDark, label),
          locked.current.of(EditorState.readOnly.of(readOnly)),
          EditorView.theme({ '.cm-content, .cm-gutter': { minHeight } }),
          hasCompletion ? completion((context) => newest.current.complete?.(context) ?? null) : [],
          hasLint
            ? [
                lintGutter(),
                linter(
                  async (editor) => {
                    const { doc } = editor.state;
                    try {
                      const faults = (await newest.current.lint?.(doc.toString())) ?? [];
                      return faults.map((fault) => diagnosticOf(doc, fault));
                    } catch (error) {
                      return [{ from: 0, to: 0, severity: 'warning', message: toProblem(error).message }];
                    }
                  },
                  { delay: pauseMs },
                ),
              ]
            : [],
          EditorView.updateListener.of((update) => {
            if (update.docChanged) newest.current.onChange?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      made.destroy();
    };
  }, [language, isDark, label, minHeight, hasLint, hasCompletion]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({ effects: locked.current.reconfigure(EditorState.readOnly.of(readOnly)) });
  }, [readOnly]);

  return <div ref={place} />;
}
