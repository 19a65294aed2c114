import { lazy } from 'react';
import { createRootRoute, createRoute, createRouter, Outlet, type AnyRoute, type RouteComponent, type RouterHistory } from '@tanstack/react-router';
import { areas, type AreaRoute } from '@/app/areas';
import { NotFound, PageFailed } from '@/app/PageFailed';
import { Shell } from '@/app/Shell';
import { WithRole, WithSession } from '@/app/WithSession';

type Search = Record<string, string | string[] | undefined>;

/** As text, all of it: "12" may be a name. What is there several times is a list. */
export function parseSearch(text: string): Search {
  const search: Search = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const known = search[key];
    search[key] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value];
  }
  return search;
}

export function stringifySearch(search: Record<string, unknown>): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null && one !== '') out.append(key, typeof one === 'object' ? JSON.stringify(one) : String(one));
  }
  const text = out.toString();
  return text === '' ? '' : `?${text}`;
}

/** The page with what it needs around it; the router calls `preload` while a link to it is pointed at. */
function pageOf(route: AreaRoute): RouteComponent {
  return Object.assign(guarded(route), { preload: route.load });
}

function guarded(route: AreaRoute): RouteComponent {
  const Page = lazy(route.load);
  if (route.bare === true && route.role === 'none') return () => <Page />;
  const Allowed = () => (
    <WithRole role={route.role}>
      <Page />
    </WithRole>
  );
  if (route.bare !== true) return Allowed; // the shell has the session
  return () => (
    <WithSession>
      <Allowed />
    </WithSession>
  );
}

export function makeRouter(history?: RouterHistory) {
  const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });
  const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: ShellPage });
  const inShell: AnyRoute[] = [];
  const bare: AnyRoute[] = [];
  for (const route of areas.flatMap((area) => area.routes)) {
    const isBare = route.bare === true;
    const made = createRoute({
      getParentRoute: () => (isBare ? root : shell) as typeof root,
      path: route.path,
      component: pageOf(route),
    });
    (isBare ? bare : inShell).push(made);
  }
  return createRouter({
    routeTree: root.addChildren([shell.addChildren(inShell), ...bare]),
    ...(history && { history }),
    parseSearch,
    stringifySearch,
    defaultErrorComponent: PageFailed,
    defaultNotFoundComponent: NotFound,
    defaultPreload: 'intent',
    scrollRestoration: true,
  });
}

function ShellPage() {
  return (
    <WithSession>
      <Shell>
        <Outlet />
      </Shell>
    </WithSession>
  );
}
