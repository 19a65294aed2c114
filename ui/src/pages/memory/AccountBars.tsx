import { useState } from 'react';
import { ActionIcon, Group, Stack, Text } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import type { Schemas } from '@/api/client';
import { useWords } from '@/i18n';
import { bytes, number } from '@/ui/format';
import { treeOf, type Node } from './accounts';

interface Props {
  accounts: Schemas['Account'][];
  limit: number;
}

/** A bar for each account: what it holds, how high it was, and what it may hold at most. */
export function AccountBars({ accounts, limit }: Props) {
  return (
    <Stack gap={6} component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
      {treeOf(accounts).map((node) => (
        <Bar key={node.account.name} node={node} limit={limit} />
      ))}
    </Stack>
  );
}

function Bar({ node, limit }: { node: Node; limit: number }) {
  const t = useWords('memory');
  const [open, setOpen] = useState(false);
  const { account } = node;
  const own = Math.min(account.limit_bytes, limit);
  const scale = (value: number) => `${Math.min(100, (100 * value) / Math.max(1, own))}%`;
  const label = t(`account.${node.name}`, { defaultValue: node.name });
  const text = t('accountText', { used: bytes(account.used_bytes), peak: bytes(account.peak_bytes), limit: bytes(own) });
  return (
    <li>
      <Group gap="xs" wrap="nowrap" align="center">
        {node.children.length > 0 ? (
          <ActionIcon variant="subtle" size="sm" aria-expanded={open} aria-label={t('parts', { name: label })} onClick={() => setOpen(!open)}>
            {open ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
          </ActionIcon>
        ) : (
          <span style={{ width: 22 }} />
        )}
        <div style={{ flex: 1, minWidth: 0 }}>
          <Group justify="space-between" gap="xs">
            <Text fz="sm" fw={600}>
              {label}
            </Text>
            <Text fz="xs" c="dimmed">
              {text}
              {account.refused > 0 && ` · ${t('refused', { n: number(account.refused) })}`}
            </Text>
          </Group>
          <div
            role="meter"
            aria-label={label}
            aria-valuemin={0}
            aria-valuemax={own}
            aria-valuenow={account.used_bytes}
            aria-valuetext={text}
            style={{ position: 'relative', height: 8, borderRadius: 4, background: 'light-dark(#e3e6ea, #353b45)' }}
          >
            <div style={{ width: scale(account.used_bytes), height: '100%', borderRadius: 4, background: 'light-dark(#00664a, #3ddc97)' }} />
            <div style={{ position: 'absolute', top: -2, left: scale(account.peak_bytes), width: 2, height: 12, background: 'var(--mantine-color-text)' }} />
          </div>
        </div>
      </Group>
      {open && (
        <Stack gap={6} component="ul" pl={28} my={6} style={{ listStyle: 'none' }}>
          {node.children.map((child) => (
            <Bar key={child.account.name} node={child} limit={own} />
          ))}
        </Stack>
      )}
    </li>
  );
}
