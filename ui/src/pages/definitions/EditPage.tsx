import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { textQuery } from './queries';
import { TextEditor } from './TextEditor';

export default function EditPage() {
  const t = useWords('definitions');
  const { name = '' } = useParams({ strict: false }) as { name?: string };
  const { data, error, refetch } = useQuery({ ...textQuery(name), staleTime: Infinity, gcTime: 0 });
  if (data === undefined) return error === null ? <Loading /> : <ProblemNote error={error} retry={() => void refetch()} />;
  return (
    <TextEditor
      title={t('edit.title', { name })}
      back={`/definitions/${encodeURIComponent(name)}`}
      name={name}
      start={data.text}
      etag={data.etag ?? '*'}
      draftKey={`definition.${name}`}
    />
  );
}
