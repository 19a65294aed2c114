import { titleOf } from '@/pages/incidents/title';
import type { Incident } from './queries';

export interface Mark {
  at: number;
  until?: number;
  label: string;
  severity: Incident['severity'];
}

/** Incidents as a chart shows them; an open one has no end. */
export function marksOf(incidents: readonly Incident[]): Mark[] {
  return incidents.flatMap((incident) =>
    incident.started === null
      ? []
      : [
          {
            at: Date.parse(incident.started),
            ...(incident.ended !== null && { until: Date.parse(incident.ended) }),
            label: titleOf(incident),
            severity: incident.severity,
          },
        ],
  );
}
