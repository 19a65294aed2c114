import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMay } from '@/api/session';
import { useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { StartPanel } from './StartPanel';

export default function StartPage() {
  const t = useWords('overview');
  const mayEdit = useMay('editor');
  const navigate = useNavigate();
  const { text } = useSearch({ strict: false }) as { text?: unknown };
  if (!mayEdit) return <Empty title={t('start.title')}>{t('start.notAllowed')}</Empty>;
  return <StartPanel text={text === undefined ? '' : String(text)} onDone={() => void navigate({ to: '/' })} />;
}
