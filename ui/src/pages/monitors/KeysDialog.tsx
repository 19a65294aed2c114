import { Kbd, Modal, Table } from '@mantine/core';
import { useWords } from '@/i18n';

const KEYS: [string[], string][] = [
  [['/'], 'search'],
  [['Ctrl', 'K'], 'everything'],
  [['↑', '↓', 'j', 'k'], 'move'],
  [['Home', 'End', 'PgUp', 'PgDn'], 'far'],
  [['Enter'], 'open'],
  [['Space'], 'select'],
  [['Shift', 'Space'], 'range'],
  [['p'], 'pause'],
  [['e'], 'edit'],
  [['?'], 'help'],
];

export function KeysDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const t = useWords('monitors');
  return (
    <Modal opened={opened} onClose={onClose} title={t('keys.title')} closeButtonProps={{ 'aria-label': t('common:actions.close') }}>
      <Table>
        <Table.Tbody>
          {KEYS.map(([keys, what]) => (
            <Table.Tr key={what}>
              <Table.Td>
                {keys.map((key) => (
                  <Kbd key={key} mr={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>{t(`keys.${what}`)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
