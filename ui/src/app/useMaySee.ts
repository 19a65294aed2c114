import { useSession, reaches } from '@/api/session';
import { areas, type AreaNav } from '@/app/areas';
import { i18n, useLanguage } from '@/i18n';

export interface NavItem {
  to: string;
  label: string;
  Icon: AreaNav['icon'];
}

/** The pages of the navigation that the role of the account allows, with their labels. */
export function useMaySee(): NavItem[] {
  const { greatest_role } = useSession();
  useLanguage(); // labels follow it
  return areas.flatMap((area) =>
    (area.nav ?? [])
      .filter((item) => reaches(greatest_role, item.role))
      .map((item) => ({ to: item.to, label: i18n.t(item.label, { ns: area.name }), Icon: item.icon })),
  );
}
