import { EditPage } from './EditPage';
import { ListPage } from './ListPage';
import { silenceKind } from './silences';

export const List = () => <ListPage kind={silenceKind} />;
export const New = () => <EditPage kind={silenceKind} isNew />;
export const Edit = () => <EditPage kind={silenceKind} isNew={false} />;
