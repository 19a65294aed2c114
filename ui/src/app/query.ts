import { QueryClient } from '@tanstack/react-query';
import { toProblem } from '@/api/problem';

const unavailable = 503;

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchOnWindowFocus: true,
        // What the server says is final, but for "not now".
        retry: (count, error) => {
          const problem = toProblem(error);
          return count < 2 && (problem.kind === 'network' || problem.status === unavailable);
        },
        retryDelay: (attempt, error) => Math.min(toProblem(error).retryAfter ?? 2 ** attempt, 10) * 1000,
      },
      mutations: { retry: false },
    },
  });
}

export const queryClient = makeQueryClient();
