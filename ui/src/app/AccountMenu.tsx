import { Button, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconLanguage, IconLogin, IconLogout, IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, ok, setCsrfToken } from '@/api/client';
import { liveStream } from '@/api/live';
import { toProblem } from '@/api/problem';
import { isAnonymous, useSession } from '@/api/session';
import { failed } from '@/app/notify';
import { useBackHere } from '@/app/WithSession';
import { useLanguage, useWords } from '@/i18n';
import { Name } from '@/ui/Name';

const unauthorized = 401;

export function AccountMenu() {
  const t = useWords('common');
  const session = useSession();
  const back = useBackHere();
  const { name, greatest_role } = session;
  const [language, setLanguage] = useLanguage();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const client = useQueryClient();
  const navigate = useNavigate();

  async function logOut(): Promise<void> {
    try {
      await ok(api.POST('/api/v1/logout', { headers: { 'Content-Type': 'application/json' } }));
    } catch (error) {
      if (toProblem(error).status !== unauthorized) return failed(error);
    }
    await navigate({ to: '/login' });
    // A page with unsaved edits may have kept its place; it asks who is there, then.
    liveStream.close();
    setCsrfToken(null);
    client.clear();
  }

  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<IconUser size={16} aria-hidden />} aria-label={t('shell.account', { name })} maw={180}>
          <Name>{name}</Name>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('shell.role', { role: t(`roles.${greatest_role}`) })}</Menu.Label>
        <Menu.Item leftSection={<IconLanguage size={16} aria-hidden />} onClick={() => setLanguage(language === 'en' ? 'zh' : 'en').catch(failed)} lang={language === 'en' ? 'zh' : 'en'}>
          {t('shell.language')}
        </Menu.Item>
        <Menu.Item
          leftSection={scheme === 'dark' ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
          onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
        >
          {scheme === 'dark' ? t('shell.light') : t('shell.dark')}
        </Menu.Item>
        <Menu.Divider />
        {isAnonymous(session) ? (
          <Menu.Item leftSection={<IconLogin size={16} aria-hidden />} renderRoot={(props) => <Link to="/login" search={back} {...props} />}>
            {t('actions.logIn')}
          </Menu.Item>
        ) : (
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void logOut()}>
            {t('actions.logOut')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
