import type { Words } from './words';
import common from './zh.json';
import ui from '@/ui/zh.json';

const areas = import.meta.glob<Words>('../pages/*/zh.json', { import: 'default', eager: true });

export default { common, ui, areas };
