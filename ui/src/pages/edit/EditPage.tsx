import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { Editor, type Stored } from './Editor';
import { fieldsOf, putOf } from './fields';
import { storedQuery } from './queries';

export default function EditPage() {
  const t = useWords('edit');
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const stored = useQuery(storedQuery(id));
  if (stored.data === undefined) return stored.isError ? <ProblemNote error={stored.error} retry={() => void stored.refetch()} /> : <Loading />;
  if (stored.data.data.owner === 'file')
    return (
      <Empty title={t('inFile')}>
        {t('inFileWhat')} <Name wrap>{stored.data.data.file}</Name>
      </Empty>
    );
  return <EditStored key={id} first={stored.data} />;
}

/** What was there when the edit began stays its base, whatever is read anew meanwhile. */
function EditStored({ first }: { first: Stored }) {
  const t = useWords('edit');
  const [base, setBase] = useState(first);
  const { id, name } = base.data;
  return (
    <Editor
      key={base.etag}
      title={t('edit', { name })}
      back={`/monitors/${id}`}
      start={fieldsOf(base.data)}
      stored={base.data}
      tag={base.etag}
      draftKey={`monitor.${id}`}
      save={(body, tag) =>
        ok(
          api.PUT('/api/v1/monitors/{id}', {
            params: { path: { id }, header: { 'If-Match': tag ?? '*' } },
            // Over what somebody else has stored, parents are named: "those that are stored" would be his.
            body: tag === base.etag ? putOf(body, base.data) : body,
          }),
        )
      }
      onTheirs={setBase}
    />
  );
}
