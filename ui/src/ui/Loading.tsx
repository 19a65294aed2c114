import { useEffect, useState } from 'react';
import { Center, Loader } from '@mantine/core';
import { useWords } from '@/i18n';

const quietMs = 200;

/** Shown only when it takes a while: what comes at once does not flicker. */
export function Loading() {
  const t = useWords('ui');
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), quietMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Center p="lg" role="status" aria-label={t('loading')}>
      {shown && <Loader />}
    </Center>
  );
}
