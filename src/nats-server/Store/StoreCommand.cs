using System.Runtime.InteropServices;
using Rivulet.Server.Host.CommandLine;
using Rivulet.Storage.Checking;
using Rivulet.Storage.Files;

namespace Rivulet.Server.Host.Store;

/// <summary>The commands for a store that no server has open.</summary>
internal static class StoreCommand
{
    private const int Intact = 0;
    private const int Damaged = 1;
    private const int NotDone = 2;
    private const int Interrupted = 130;

    // Where a server keeps its store below the directory that it is given.
    private const string StoreFolder = "jetstream";

    /// <summary>Runs the command; the result is the exit code.</summary>
    /// <param name="arguments">What follows the word <c>store</c>.</param>
    public static int Run(IReadOnlyList<string> arguments)
    {
        StoreArguments parsed;
        try
        {
            parsed = StoreArguments.Parse(arguments);
        }
        catch (FlagException e)
        {
            Console.Error.WriteLine($"nats-server: {e.Message} (nats-server store --help tells more)");
            return NotDone;
        }
        if (parsed.ShowHelp)
        {
            Console.Out.WriteLine(StoreUsage.Text);
            return Intact;
        }
        return Run(parsed);
    }

    private static int Run(StoreArguments arguments)
    {
        using var cancellation = new CancellationTokenSource();
        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            cancellation.Cancel();
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        using var progress = new ProgressLine();
        try
        {
            string directory = Locate(arguments.Directory, out bool isNested);
            using OfflineStore store = OfflineStore.Open(directory, PhysicalFileSystem.Instance, TimeProvider.System);
            return arguments.Action switch
            {
                "check" => Check(store, arguments, progress, cancellation.Token),
                "repair" => Repair(store, arguments, isNested, progress, cancellation.Token),
                _ => Inspect(store, arguments, progress, cancellation.Token),
            };
        }
        catch (OperationCanceledException)
        {
            progress.Clear();
            Console.Error.WriteLine($"nats-server: interrupted; {arguments.Directory} is as it was");
            return Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            progress.Clear();
            Console.Error.WriteLine($"nats-server: {e.Message}");
            return NotDone;
        }
    }

    private static int Check(OfflineStore store, StoreArguments arguments, ProgressLine progress, CancellationToken cancellation)
    {
        StoreReport report = store.Check(progress, cancellation);
        return Tell(report, arguments, progress, StoreText.WriteCheck);
    }

    private static int Inspect(OfflineStore store, StoreArguments arguments, ProgressLine progress, CancellationToken cancellation)
    {
        if (arguments.Records is { } query)
        {
            bool allIntact = true;
            foreach (RecordDescription record in store.Records(query, cancellation))
            {
                allIntact &= record.IsIntact;
                if (arguments.Json)
                    StoreJson.WriteRecord(record);
                else
                    StoreText.WriteRecord(record);
            }
            return allIntact ? Intact : Damaged;
        }
        StoreReport report = store.Inspect(progress, cancellation);
        return Tell(report, arguments, progress, StoreText.WriteInspection);
    }

    private static int Tell(
        StoreReport report, StoreArguments arguments, ProgressLine progress, Action<StoreReport, string> writeText)
    {
        progress.Clear();
        if (arguments.Json)
            StoreJson.WriteReport(report);
        else
            writeText(report, arguments.Directory);
        return report.IsDamaged ? Damaged : Intact;
    }

    private static int Repair(
        OfflineStore store, StoreArguments arguments, bool isNested, ProgressLine progress, CancellationToken cancellation)
    {
        string into = Path.GetFullPath(isNested ? Path.Combine(arguments.NewDirectory, StoreFolder) : arguments.NewDirectory);
        RepairReport report = store.Repair(into, new Random(), progress, cancellation);
        progress.Clear();
        if (arguments.Json)
            StoreJson.WriteRepair(report);
        else
            StoreText.WriteRepair(report, arguments.Directory, arguments.NewDirectory);
        return report.Repaired is { IsDamaged: true } ? Damaged : Intact;
    }

    /// <summary>The store below a server's directory, or the directory itself when it is none.</summary>
    private static string Locate(string directory, out bool isNested)
    {
        string full = Path.GetFullPath(directory);
        string below = Path.Combine(full, StoreFolder);
        isNested = Directory.Exists(below);
        return isNested ? below : full;
    }
}
