import { faultsOf, type FormField } from '@/ui/SchemaForm';
import type { Fields } from './fields';

export interface Fault {
  name: string;
  detail: string;
}
/** In words, at the controls that they are about. */
export interface Faults {
  params: Record<string, string>;
  fields: Record<string, string>;
}

/** Fields that have a control of their own; what else is at fault is said above the form. */
const SHOWN = new Set(['name', 'app', 'interval', 'cron', 'timezone', 'criticality', 'folder', 'description', 'labels', 'annotations', 'depends_on']);

/** "params.host" belongs to the parameter host, "labels.site" to the labels. */
function placeOf(name: string): { param: string } | { field: string } | null {
  const param = /^params[.[]["']?([^"'\]]+)/.exec(name)?.[1];
  if (param !== undefined) return { param };
  const field = /^[\w-]+/.exec(name)?.[0] ?? '';
  return SHOWN.has(field) ? { field } : null;
}

export function sortFaults(faults: Fault[], form: FormField[]): Faults {
  const sorted: Faults = { params: {}, fields: {} };
  for (const { name, detail } of faults) {
    const place = placeOf(name);
    if (place === null) continue;
    if ('field' in place) sorted.fields[place.field] = detail;
    else if (form.some((field) => field.name === place.param)) sorted.params[place.param] = detail;
  }
  return sorted;
}

/** Whether each of them is at a control, so that it need not be said again. */
export function areShown(faults: Fault[], form: FormField[]): boolean {
  const { params, fields } = sortFaults(faults, form);
  return faults.length > 0 && Object.keys(params).length + Object.keys(fields).length === faults.length;
}

/** What can be told without asking: codes by parameter and by field. Texts that were stored empty may stay so. */
export function ownFaults(fields: Fields, form: FormField[], kept: string[], start: Fields): { params: Record<string, string>; fields: Record<string, string> } {
  const params: Record<string, string> = {};
  for (const [name, fault] of Object.entries(faultsOf(form, fields.params, false))) {
    const isEmpty = fault === 'required' && (fields.params[name] ?? '') === '';
    if (isEmpty && (kept.includes(name) || start.params[name] === '')) continue;
    params[name] = fault;
  }
  const own: Record<string, string> = {};
  if (fields.name.trim() === '') own['name'] = 'required';
  if (fields.by === 'interval' && fields.interval.trim() === '') own['interval'] = 'required';
  if (fields.by === 'cron' && fields.cron.trim() === '') own['cron'] = 'required';
  return { params, fields: own };
}
