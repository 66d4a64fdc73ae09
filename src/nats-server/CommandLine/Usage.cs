namespace Rivulet.Server.Host.CommandLine;

/// <summary>The help text.</summary>
internal static class Usage
{
    /// <summary>The text that <c>--help</c> prints.</summary>
    public const string Text = """

        Usage: nats-server [options]
               nats-server store check|inspect|repair ...  (nats-server store --help)

        Listening:
            -a, --addr, --net <host>         Address to listen on (default: 0.0.0.0)
            -p, --port <port>                Port for clients (default: 4222, -1 for any free port)
            -n, --name, --server_name <name> Name of the server (default: its id)
                --client_advertise <address> Host, or host:port, that clients are told to reach the server at
            -m, --http_port <port>           Port for monitoring over HTTP (default: none, -1 for any free port)
            -ms, --https_port <port>         The same over HTTPS, with the certificate of TLS

        TLS:
                --tls                        Turn TLS on; with =false off, whatever the configuration file says
                --tlscert <file>             The server's certificate
                --tlskey <file>              Its private key
                --tlsverify                  Demand certificates of clients
                --tlscacert <file>           The authorities that clients' certificates may be from
                --help_tls                   Show what the configuration file can say about TLS

        Configuration:
            -c, --config <file>              Read settings from a file; flags win over it
            -t                               Check the file and end

        Authorization:
                --user <name>                Only this user may connect
                --pass <password>            with this password, plain or as a bcrypt hash
                --auth <token>               Only clients with this token may connect

        JetStream:
            -js, --jetstream                 Turn JetStream on
            -sd, --store_dir <dir>           Keep the store below this directory (default: nats in the temporary directory)
                --sync_interval <when>       When stored messages are synced to the disk: always (default), which is before
                                             each acknowledgement, or a duration such as 2m, which is sooner acknowledged
                                             and loses up to that much in a power cut

        Logging:
            -l, --log <file>                 Log to a file instead of the standard error stream
            -s, --syslog                     Log to the system log
            -r, --remote_syslog <addr>       Log to a syslog server, such as udp://localhost:514, tcp://... or unix:///path
            -T, --logtime                    Put the time on log lines (default: true)
                --logtime_utc                In UTC instead of local time (default: false)
            -D, --debug                      Log what connections do
            -V, --trace                      Log every protocol operation
            -DV                              Both
                --log_size_limit <bytes>     Begin another log file when one is this large (default: no limit)
                --max_traced_msg_len <len>   Cut payloads in that log to this length (default: no limit)

        Process:
            -P, --pid <file>                 Write the process id to a file
                --ports_file_dir <dir>       Write the ports to <dir>/nats-server_<pid>.ports while running
            -sl, --signal <signal>[=<pid>]   Tell a running server, by its process id or the file that holds it: stop (kill), quit,
                                             term, reopen (the log file), reload (the configuration), ldm (lame duck mode)

        Other:
            -h, --help                       Show this text
            -v, --version                    Show the version

        Flags may be written with one dash or two, and values after a blank or an equals sign.

        """;
}
