import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { Editor } from './Editor';
import { fieldsOf, patchOf } from './fields';
import { storedQuery } from './queries';
import { useOnce } from './useOnce';

/** A new monitor that begins like another one. Its secrets come along as long as they are sent to the same place. */
export default function ClonePage() {
  const t = useWords('edit');
  const once = useOnce();
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const stored = useQuery(storedQuery(id));
  if (stored.data === undefined) return stored.isError ? <ProblemNote error={stored.error} retry={() => void stored.refetch()} /> : <Loading />;
  const { data: monitor } = stored.data;
  // The server clones none of a file: it is made anew, and nothing secret is known of it.
  const inFile = monitor.owner === 'file';
  const start = { ...fieldsOf(monitor), name: t('copyOf', { name: monitor.name }), ...(inFile ? { keep: [] } : {}) };
  return (
    <Editor
      key={id}
      title={t('clone', { name: monitor.name })}
      back={`/monitors/${id}`}
      start={start}
      stored={inFile ? null : monitor}
      tag={null}
      draftKey={`monitor.clone.${id}`}
      save={(body) =>
        once(body, (key) => {
          const header = { 'Idempotency-Key': key };
          return inFile
            ? ok(api.POST('/api/v1/monitors', { params: { header }, body }))
            : ok(api.POST('/api/v1/monitors/{id}/clone', { params: { path: { id }, header }, body: patchOf(body, monitor) }));
        })
      }
    />
  );
}
