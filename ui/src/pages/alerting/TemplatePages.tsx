import { EditPage } from './EditPage';
import { ListPage } from './ListPage';
import { templateKind } from './templates';

export const List = () => <ListPage kind={templateKind} />;
export const New = () => <EditPage kind={templateKind} isNew />;
export const Edit = () => <EditPage kind={templateKind} isNew={false} />;
