import { useEffect, useRef, type ReactNode } from 'react';
import { ActionIcon, AppShell, Burger, Button, Group, Kbd, NavLink, ScrollArea, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { Link, useLocation } from '@tanstack/react-router';
import { useMaySee } from '@/app/useMaySee';
import { AccountMenu } from '@/app/AccountMenu';
import { ConnectionBanner, ConnectionMark } from '@/app/ConnectionBanner';
import { Palette } from '@/app/Palette';
import { useWords } from '@/i18n';
import classes from './Shell.module.css';

const headerHeight = 52;
const navWidth = 220;

/** Navigation and header around a page. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useWords('common');
  const [opened, { toggle, close }] = useDisclosure(false);
  const main = useRef<HTMLElement>(null);
  const items = useMaySee();
  const { pathname } = useLocation();
  const here = items.filter(({ to }) => (to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`)));
  const shown = useRef(pathname);
  useEffect(() => {
    // Who reads by ear or goes on by Tab is in the new page then; a page that has set the focus itself keeps it.
    if (shown.current !== pathname && !main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
    shown.current = pathname;
  }, [pathname]);
  // Of /settings and /settings/tokens the longer one.
  const current = here.sort((a, b) => b.to.length - a.to.length)[0]?.to;

  return (
    <AppShell header={{ height: headerHeight }} navbar={{ width: navWidth, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding="md">
      <UnstyledButton className={classes.skip} onClick={() => main.current?.focus()}>
        {t('shell.skip')}
      </UnstyledButton>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('shell.openMenu')} aria-expanded={opened} />
            <Text component={Link} to="/" fw={700} fz="lg" c="inherit" td="none">
              Holter
            </Text>
            <ConnectionMark />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Button
              variant="default"
              size="xs"
              visibleFrom="sm"
              leftSection={<IconSearch size={16} aria-hidden />}
              rightSection={<Kbd size="xs">Ctrl K</Kbd>}
              onClick={spotlight.open}
            >
              {t('shell.search')}
            </Button>
            <ActionIcon variant="default" size="lg" hiddenFrom="sm" onClick={spotlight.open} aria-label={t('shell.search')}>
              <IconSearch size={18} />
            </ActionIcon>
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t('shell.menu')}>
        <ScrollArea>
          {items.map(({ to, label, Icon }) => (
            <NavLink
              key={to}
              label={label}
              leftSection={<Icon size={20} stroke={1.6} />}
              active={to === current}
              aria-current={to === current ? 'page' : undefined}
              onClick={close}
              renderRoot={(props) => <Link to={to} {...props} />}
            />
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main ref={main} tabIndex={-1} className={classes.main}>
        <ConnectionBanner />
        {children}
      </AppShell.Main>
      <Palette />
    </AppShell>
  );
}
