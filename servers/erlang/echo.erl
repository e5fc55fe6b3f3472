%% An actor a connection. Its socket is active for a hundred messages at a time. One that is active
%% for ever sends all that its peer sends to the mailbox, whether the actor keeps up or not; one that
%% is passive, or active once, goes in and out of the emulator's poll set at each message, which costs
%% a second recvfrom and two epoll_ctl. This one costs a fifth of an epoll_ctl, and its mailbox has an
%% end.
-module(echo).
-export([main/1]).

-define(ACTIVE, 100).

main([Host, Port, BufferBytes]) ->
    {ok, Address} = inet:parse_address(Host),
    Options = [binary, {packet, raw}, {active, false}, {ip, Address}, {backlog, 4096},
               {nodelay, true}, {reuseaddr, true}, {buffer, list_to_integer(BufferBytes)},
               {exit_on_close, false}],  % a peer that has half closed is still owed its echo
    case gen_tcp:listen(list_to_integer(Port), Options) of
        {ok, Listener} ->
            {ok, Bound} = inet:port(Listener),
            io:format("~b~n", [Bound]),
            accept(Listener);
        {error, Reason} ->
            io:format(standard_error, "echo: cannot listen on ~s:~s: ~s~n",
                      [Host, Port, inet:format_error(Reason)]),
            halt(1)
    end.

accept(Listener) ->
    case gen_tcp:accept(Listener) of
        {ok, Connection} ->
            Actor = spawn(fun() -> receive yours -> activate(Connection) end end),
            _ = gen_tcp:controlling_process(Connection, Actor),
            Actor ! yours;
        {error, _} ->  % no descriptor is left
            receive after 50 -> ok end
    end,
    accept(Listener).

activate(Connection) ->
    case inet:setopts(Connection, [{active, ?ACTIVE}]) of
        ok -> echo(Connection);
        {error, _} -> gen_tcp:close(Connection)
    end.

echo(Connection) ->
    receive
        {tcp, Connection, Data} ->
            _ = gen_tcp:send(Connection, Data),  % a peer that is gone is told of below
            echo(Connection);
        {tcp_passive, Connection} ->
            activate(Connection);
        {tcp_closed, Connection} ->
            gen_tcp:close(Connection);
        {tcp_error, Connection, _} ->
            gen_tcp:close(Connection)
    end.
