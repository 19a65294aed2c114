import { autocompletion, completionKeymap, type CompletionSource } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { sql } from '@codemirror/lang-sql';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, defaultHighlightStyle, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { tags } from '@lezer/highlight';
import type { Extension } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { nonce } from '@/app/nonce';
import type { CodeEditorProps } from './CodeEditor';

const dark = HighlightStyle.define([
  { tag: [tags.keyword, tags.propertyName, tags.definition(tags.propertyName)], color: '#6cbcf0' },
  { tag: [tags.string, tags.content], color: '#a6e3a1' },
  { tag: [tags.number, tags.bool, tags.null], color: '#f0a35e' },
  { tag: tags.comment, color: '#9aa4b2', fontStyle: 'italic' },
]);

const theme = EditorView.theme({
  '&': { fontSize: '13px', border: '1px solid var(--mantine-color-default-border)', borderRadius: 'var(--mantine-radius-sm)', backgroundColor: 'var(--mantine-color-body)', color: 'var(--mantine-color-text)' },
  '.cm-content': { fontFamily: 'var(--mantine-font-family-monospace)', caretColor: 'var(--mantine-color-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--mantine-color-dimmed)', border: 'none' },
  '.cm-tooltip': { backgroundColor: 'var(--mantine-color-body)', border: '1px solid var(--mantine-color-default-border)', color: 'var(--mantine-color-text)' },
  '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)' },
});

export function languageOf(language: CodeEditorProps['language']): Extension {
  return language === 'yaml' ? yaml() : language === 'sql' ? sql() : [];
}

/** What all editors have. Tab leaves the editor, as keyboards need it. */
export function common(language: CodeEditorProps['language'], isDark: boolean, label: string): Extension {
  return [
    EditorView.cspNonce.of(nonce()),
    languageOf(language),
    language === 'text' ? [] : lineNumbers(),
    history(),
    drawSelection(),
    bracketMatching(),
    syntaxHighlighting(isDark ? dark : defaultHighlightStyle, { fallback: true }),
    keymap.of([...defaultKeymap, ...historyKeymap, ...completionKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off' }),
    theme,
  ];
}

export function completion(source: CompletionSource): Extension {
  return autocompletion({ override: [source], icons: false });
}
