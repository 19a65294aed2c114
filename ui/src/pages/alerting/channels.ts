import { useQuery } from '@tanstack/react-query';
import { api, ok } from '@/api/client';

export function useChannels() {
  return useQuery({
    queryKey: ['alerts', 'channels'],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/alerts/channels', { signal })),
    staleTime: Infinity,
  });
}
