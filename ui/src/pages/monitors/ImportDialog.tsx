import { useState } from 'react';
import { Alert, Button, FileInput, Modal, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { useLive } from '@/api/live';
import { toProblem } from '@/api/problem';
import { useWords } from '@/i18n';
import { bytes, number } from '@/ui/format';
import { JobProgress } from '@/ui/JobProgress';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';

const mostBytes = 16 * 1024 * 1024;

/** By its name, else by how it begins. */
export function typeOf(name: string, text: string): 'application/json' | 'application/yaml' | 'text/csv' {
  if (/\.json$/i.test(name)) return 'application/json';
  if (/\.csv$/i.test(name)) return 'text/csv';
  if (/\.ya?ml$/i.test(name)) return 'application/yaml';
  return text.trimStart().startsWith('[') ? 'application/json' : 'application/yaml';
}

/** A file of monitors: all of it is taken, or nothing, and each fault is told with its place. */
export function ImportDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const t = useWords('monitors');
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [job, setJob] = useState<{ job: Schemas['JobProgress']; text: string } | null>(null);
  useLive(['job'], (event) => {
    if (event.job?.kind === 'monitors.import') setJob({ job: event.job, text: event.text });
  });
  const send = useMutation({
    mutationFn: async (chosen: File) => {
      const text = await chosen.text();
      return ok(
        api.POST('/api/v1/monitors/import', {
          body: text as never,
          bodySerializer: (body) => body as unknown as string,
          headers: { 'Content-Type': typeOf(chosen.name, text) },
        }),
      );
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: ['monitors'] }),
    onSettled: () => setJob(null),
  });
  // What is refused for its contents has the same report as what is taken.
  const problem = send.error === null ? null : toProblem(send.error);
  const report = send.data ?? reportOf(problem?.problem);
  const isLarge = file !== null && file.size > mostBytes;

  function close(): void {
    onClose();
    if (!send.isPending) {
      send.reset();
      setFile(null);
    }
  }

  return (
    <Modal opened={opened} onClose={close} size="xl" title={t('import.title')} closeButtonProps={{ 'aria-label': t('common:actions.close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (file !== null && !isLarge) send.mutate(file);
        }}
      >
        <Stack>
          <Text>{t('import.what')}</Text>
          <FileInput
            label={t('import.file')}
            placeholder="monitors.yaml"
            accept=".yaml,.yml,.json,.csv"
            value={file}
            onChange={(chosen) => {
              setFile(chosen);
              send.reset();
            }}
            error={isLarge ? t('import.large', { size: bytes(file.size), most: bytes(mostBytes) }) : undefined}
            clearable
          />
          {send.isPending && job !== null && <JobProgress job={job.job} text={job.text} />}
          {send.isSuccess && report !== null && (
            <Alert color="teal" role="status">
              {t('import.done', { n: number(report.created) })}
              {report.without_secrets > 0 && ` ${t('import.secrets', { n: number(report.without_secrets) })}`}
            </Alert>
          )}
          {problem !== null && report === null && <ProblemNote error={problem} />}
          {report !== null && report.faulty > 0 && (
            <>
              <Alert color="red" role="alert">
                {t('import.faulty', { n: number(report.faulty), items: number(report.items) })}
              </Alert>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('import.index')}</Table.Th>
                    <Table.Th>{t('column.name')}</Table.Th>
                    <Table.Th>{t('import.fault')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {report.faults.map((fault, i) => (
                    <Table.Tr key={i}>
                      <Table.Td>{fault.index + 1}</Table.Td>
                      <Table.Td>
                        <Name wrap>{fault.name}</Name>
                      </Table.Td>
                      <Table.Td>
                        <Name wrap>{`${fault.parameter}: ${fault.detail}`}</Name>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </>
          )}
          {report !== null && report.secrets_missing.length > 0 && <Text>{report.secrets_missing.join(', ')}</Text>}
          <Button type="submit" loading={send.isPending} disabled={file === null || isLarge}>
            {t('import.button')}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}

function reportOf(content: object | undefined): Schemas['ImportReport'] | null {
  return content !== undefined && 'faults' in content ? (content as Schemas['ImportReport']) : null;
}
