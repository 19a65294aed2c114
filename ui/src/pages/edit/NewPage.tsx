import { useNavigate, useSearch } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useWords } from '@/i18n';
import { AppPicker } from './AppPicker';
import { Editor } from './Editor';
import { emptyFields } from './fields';
import { useOnce } from './useOnce';

export default function NewPage() {
  const t = useWords('edit');
  const navigate = useNavigate();
  const once = useOnce();
  const { app } = useSearch({ strict: false }) as { app?: unknown };
  if (typeof app !== 'string' || app === '') return <AppPicker onPick={(picked) => void navigate({ to: '/monitors/new', search: { app: picked } })} />;
  return (
    <Editor
      key={app}
      title={t('new')}
      back="/monitors/new"
      start={emptyFields(app)}
      stored={null}
      tag={null}
      draftKey={`monitor.new.${app}`}
      save={(body) => once(body, (key) => ok(api.POST('/api/v1/monitors', { params: { header: { 'Idempotency-Key': key } }, body })))}
    />
  );
}
