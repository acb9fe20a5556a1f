from tui.actions import ACTIONS, SCOPES, Keymap, chain, clashes, shown, spelled


def test_our_table_has_no_clash() -> None:
    assert clashes() == ()


def test_the_designs_table_is_complete() -> None:
    keys = {key for action in ACTIONS for key in action.keys}
    wanted = "j k h l space pagedown G enter escape n N tab 1 2 3 4 5 v e E s t T r c a i x X H J K L f / w z u U y Y o : ctrl+p ? q"
    assert set(wanted.split()) <= keys
    assert {"g g", "g l", "g c", "g o", "g p", "g a", "p 1", "p 2", "p 3", "p 0", "m m", "m d", "m n"} <= keys


def test_names_are_unique_and_scopes_exist() -> None:
    names = [action.name for action in ACTIONS]
    assert len(set(names)) == len(names)
    assert {action.scope for action in ACTIONS} <= set(SCOPES)


def test_only_ctrl_p_and_what_a_text_field_needs_use_ctrl() -> None:
    assert {key for action in ACTIONS for key in action.keys if "ctrl+" in key} == {"ctrl+p", "ctrl+n"}


def test_a_sequence_is_found_key_by_key() -> None:
    keys = Keymap()
    assert keys.find("inbox", ("g",)) is True
    found = keys.find("inbox", ("g", "l"))
    assert not isinstance(found, bool)
    assert found.name == "go_linked"
    assert keys.find("inbox", ("g", "x")) is False
    assert [key for key, _ in keys.begun("inbox", ("p",))] == ["1", "2", "3", "0"]


def test_a_digit_chooses_in_a_panel_and_goes_to_a_view_elsewhere() -> None:
    keys = Keymap()
    names = {scope: keys.find(scope, ("2",)) for scope in ("inbox", "capture")}
    assert [getattr(found, "name", None) for found in names.values()] == ["view_tasks", "choose"]


def test_nothing_but_its_own_keys_is_alive_while_writing() -> None:
    keys = Keymap()
    assert keys.find("composer", ("e",)) is False
    assert chain("composer") == ("composer",)


def test_a_key_of_ones_own_replaces_ours() -> None:
    keys = Keymap(changed={"done": "D, g d"})
    assert keys.troubles == ()
    assert keys.find("inbox", ("e",)) is False
    assert getattr(keys.find("inbox", ("g", "d")), "name", None) == "done"
    assert keys.key("done") == "D"


def test_two_keys_can_be_exchanged() -> None:
    keys = Keymap(changed={"down": "k", "up": "j"})
    assert keys.troubles == ()
    assert getattr(keys.find("inbox", ("k",)), "name", None) == "down"


def test_a_clash_is_said_and_the_key_stays_as_it_was() -> None:
    keys = Keymap(changed={"done": "t"})
    assert [(trouble.name, trouble.said) for trouble in keys.troubles] == [
        ("done", "t is task already (make a task of this line).")
    ]
    assert keys.key("done") == "e"


def test_a_key_that_begins_a_sequence_clashes() -> None:
    assert [trouble.name for trouble in Keymap(changed={"done": "g"}).troubles] == ["done"]


def test_an_unknown_action_is_named_with_its_neighbour() -> None:
    assert Keymap(changed={"repy": "R"}).troubles[0].said == "no such action. Did you mean reply?"


def test_none_takes_a_key_away() -> None:
    keys = Keymap(changed={"quit": "none"})
    assert keys.find("inbox", ("q",)) is False
    assert keys.key("quit") == ""


def test_keys_are_shown_and_read_as_people_write_them() -> None:
    assert shown("g l") == "g l"
    assert shown("ctrl+p") == "Ctrl+P"
    assert spelled("Esc, PgDn, g  l, ,") == ("escape", "pagedown", "g l")
    assert spelled(",") == (",",)
