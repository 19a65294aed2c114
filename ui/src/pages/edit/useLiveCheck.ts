import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { toProblem, type ProblemError } from '@/api/problem';
import { questionOf, type MonitorFields } from './fields';

const pauseMs = 500;
const conflict = 409;
/** What the server says of the content; anything else (no memory, no connection) says nothing about it. */
const ofContent = new Set([400, 403, 404, conflict, 422]);

/**
 * Whether a monitor would be taken, asked when there is a pause. `ownName`: the one that is edited has it, so that it is
 * not taken by another.
 */
export function useLiveCheck(body: MonitorFields, isReady: boolean, ownName: string | null): { problem: ProblemError | null; admission: Schemas['Admission'] | null } {
  const now = JSON.stringify(questionOf(body));
  const [asked] = useDebouncedValue(now, pauseMs);
  const { data, error } = useQuery({
    queryKey: ['edit', 'check', asked],
    queryFn: ({ signal }) => ok(api.POST('/api/v1/monitors/check', { body: JSON.parse(asked) as MonitorFields, signal })),
    enabled: isReady && asked === now,
    retry: false,
    refetchOnWindowFocus: false,
    gcTime: 0,
  });
  // An answer to what stood there before says nothing about what stands there now.
  if (!isReady || asked !== now) return { problem: null, admission: null };
  const problem = error === null ? null : toProblem(error);
  const isOwn = problem?.status === conflict && problem.fields[0]?.name === 'name' && body.name === ownName;
  return { problem: problem !== null && ofContent.has(problem.status) && !isOwn ? problem : null, admission: data ?? null };
}
