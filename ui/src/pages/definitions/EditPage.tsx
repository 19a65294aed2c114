import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { readWritten, type Written } from './queries';
import { TextEditor } from './TextEditor';

export default function EditPage() {
  const { name = '' } = useParams({ strict: false }) as { name?: string };
  const { data, error, refetch } = useQuery({
    queryKey: ['definitions', name, 'edit'],
    queryFn: ({ signal }) => readWritten(name, signal),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  if (data === undefined) return error === null ? <Loading /> : <ProblemNote error={error} retry={() => void refetch()} />;
  return <EditText key={name} name={name} first={data} />;
}

/** What was there when the edit began stays its base, whatever is read anew meanwhile. */
function EditText({ name, first }: { name: string; first: Written }) {
  const t = useWords('definitions');
  const [base, setBase] = useState(first);
  return (
    <TextEditor
      key={base.etag}
      title={t('edit.title', { name })}
      back={`/definitions/${encodeURIComponent(name)}`}
      name={name}
      start={base}
      draftKey={`definition.${name}`}
      onTheirs={setBase}
    />
  );
}
