@echo off
rem Called by nats-server.cmd and nats.cmd with the program's name; the twin of run-program.sh. It leaves in
rem artifacts\programs:
rem   <program>.exe       the published program, one file; a running one is renamed out of the way, not overwritten
rem   <program>.sources   a copy of the sources as they were before the build: robocopy, asked to list only, tells by
rem                       its exit code whether anything was changed, added or deleted since
setlocal
set "program=%~1"
for %%I in ("%~dp0..") do set "root=%%~fI"
set "programs=%root%\artifacts\programs"
set "sources=%programs%\%program%.sources"

call :is_current
if not errorlevel 1 exit /b 0

where dotnet >nul 2>nul
if errorlevel 1 (
    echo %program%: the .NET SDK 10.0 is needed to build it, and no dotnet command was found: https://dotnet.microsoft.com/download/dotnet/10.0 1>&2
    exit /b 1
)
if not exist "%programs%" mkdir "%programs%"

rem One build at a time: a file open for output cannot be opened by a second command processor.
:wait_for_lock
set "result="
call :build_under_lock 9>"%programs%\lock" 2>nul
if not defined result (
    ping -n 2 127.0.0.1 >nul
    goto wait_for_lock
)
if "%result%"=="built" exit /b 0
type "%programs%\%program%.log" 1>&2
echo %program%: the build failed 1>&2
exit /b 1

:is_current
if not exist "%programs%\%program%.exe" exit /b 1
if not exist "%sources%\src" exit /b 1
robocopy "%root%\src" "%sources%\src" /MIR /L /NJH /NJS /NFL /NDL /NP >nul
if errorlevel 1 exit /b 1
robocopy "%root%" "%sources%" global.json Directory.Build.props Directory.Packages.props /L /NJH /NJS /NFL /NDL /NP >nul
if errorlevel 1 exit /b 1
exit /b 0

:build_under_lock
set "result=failed"
call :is_current
if not errorlevel 1 (
    set "result=built"
    exit /b 0
)
robocopy "%root%\src" "%sources%.new\src" /MIR /NJH /NJS /NFL /NDL /NP >nul
robocopy "%root%" "%sources%.new" global.json Directory.Build.props Directory.Packages.props /NJH /NJS /NFL /NDL /NP >nul
call :publish true
if errorlevel 1 call :publish false
if errorlevel 1 exit /b 1
rem The executable of a running program cannot be deleted or overwritten, but it can be renamed.
del /q "%programs%\%program%.*.old" >nul 2>nul
if exist "%programs%\%program%.exe" ren "%programs%\%program%.exe" "%program%.%random%.old"
move /y "%programs%\staging\%program%\%program%.exe" "%programs%\%program%.exe" >nul
if errorlevel 1 exit /b 1
if exist "%sources%" rmdir /s /q "%sources%"
move /y "%sources%.new" "%sources%" >nul
if errorlevel 1 exit /b 1
set "result=built"
exit /b 0

rem %1: whether to compile ahead of time, for which a package is needed that a bare registry mirror may lack.
:publish
pushd "%root%"
set "DOTNET_NOLOGO=1"
set "DOTNET_CLI_TELEMETRY_OPTOUT=1"
dotnet publish "src\%program%\%program%.csproj" -c Release -o "%programs%\staging\%program%" -nologo -v quiet -nodeReuse:false "-p:ArtifactsPath=%programs%\build" -p:UseCurrentRuntimeIdentifier=true -p:SelfContained=false -p:PublishSingleFile=true -p:PublishReadyToRun=%1 -p:DebugType=embedded -p:UseSharedCompilation=false -p:NuGetAudit=false -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false -p:TreatWarningsAsErrors=false >"%programs%\%program%.log" 2>&1 <nul
set "publish_result=%errorlevel%"
popd
exit /b %publish_result%
