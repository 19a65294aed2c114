import { EditPage } from './EditPage';
import { ListPage } from './ListPage';
import { receiverKind } from './receivers';

export const List = () => <ListPage kind={receiverKind} />;
export const New = () => <EditPage kind={receiverKind} isNew />;
export const Edit = () => <EditPage kind={receiverKind} isNew={false} />;
