import { EditPage } from './EditPage';
import { ListPage } from './ListPage';
import { rotationKind } from './rotations';

export const List = () => <ListPage kind={rotationKind} />;
export const New = () => <EditPage kind={rotationKind} isNew />;
export const Edit = () => <EditPage kind={rotationKind} isNew={false} />;
