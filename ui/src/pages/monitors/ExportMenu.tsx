import { Button, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMay } from '@/api/session';
import { useWords } from '@/i18n';

/** Monitors of the catalog as a file; the browser's own download shows how far it is. */
export function ExportMenu() {
  const t = useWords('monitors');
  if (!useMay('editor')) return null;
  return (
    <Menu withinPortal>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
          {t('export.button')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('export.what')}</Menu.Label>
        {['yaml', 'json', 'csv'].map((format) => (
          <Menu.Item key={format} component="a" href={`/api/v1/monitors/export?format=${format}`} download={`monitors.${format}`}>
            {format.toUpperCase()}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
