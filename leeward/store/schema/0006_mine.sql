-- The owner's own tasks are counted at every start: without this every task of every team was looked at.
CREATE INDEX task_mine ON task (id) WHERE mine;
