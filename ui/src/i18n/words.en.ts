import type { Words } from './words';
import common from './en.json';
import ui from '@/ui/en.json';

const areas = import.meta.glob<Words>('../pages/*/en.json', { import: 'default', eager: true });

export default { common, ui, areas };
