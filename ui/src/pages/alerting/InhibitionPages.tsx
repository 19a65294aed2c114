import { EditPage } from './EditPage';
import { ListPage } from './ListPage';
import { inhibitionKind } from './inhibitions';

export const List = () => <ListPage kind={inhibitionKind} />;
export const New = () => <EditPage kind={inhibitionKind} isNew />;
export const Edit = () => <EditPage kind={inhibitionKind} isNew={false} />;
