import { EditPage } from './EditPage';
import { ListPage } from './ListPage';
import { ruleKind } from './rules';

export const List = () => <ListPage kind={ruleKind} />;
export const New = () => <EditPage kind={ruleKind} isNew />;
export const Edit = () => <EditPage kind={ruleKind} isNew={false} />;
