import { useEffect, useState } from 'react';
import type { CodeEditorProps, CodeFault, DiffProps } from '@/ui/CodeEditor';

// jsdom has no layout that an editor could measure: a plain field stands in its place, with the marks as a list.
export function CodeEditor({ value, onChange, label, readOnly, lint }: CodeEditorProps) {
  const [faults, setFaults] = useState<CodeFault[]>([]);
  useEffect(() => {
    let isNewest = true;
    void lint?.(value).then((found) => isNewest && setFaults(found));
    return () => {
      isNewest = false;
    };
    // As the editor does, for each text once.
  }, [value]);
  return (
    <>
      <textarea aria-label={label} value={value} readOnly={readOnly === true} onChange={(event) => onChange?.(event.currentTarget.value)} />
      <ul aria-label={`${label}: marks`}>
        {faults.map((one, i) => (
          <li key={i}>{`${one.severity} ${one.line}:${one.column ?? '-'} ${one.message}`}</li>
        ))}
      </ul>
    </>
  );
}

/** Only what differs, as a person sees it. */
export function DiffView({ before, after, label }: DiffProps) {
  const [old, now] = [before.split('\n'), after.split('\n')];
  return (
    <pre aria-label={label}>
      {[...old.filter((line) => !now.includes(line)).map((line) => `-${line}`), ...now.filter((line) => !old.includes(line)).map((line) => `+${line}`)].join('\n')}
    </pre>
  );
}
