#!/usr/bin/env python3
"""Writes names.txt: the event names that CloudTrail records for the services that the checks of patterns know.

    python3 -m venv venv && venv/bin/pip install botocore && venv/bin/python names.py >names.txt

The names are those of the operations in botocore's service models, with what CloudTrail spells differently and what it
records beside API calls. Only names are taken.
"""

import textwrap

import botocore
from botocore.loaders import Loader

SERVICES = {
    "cloudtrail.amazonaws.com": ["cloudtrail"],
    "config.amazonaws.com": ["config"],
    "ec2.amazonaws.com": ["ec2"],
    "iam.amazonaws.com": ["iam"],
    "kms.amazonaws.com": ["kms"],
    "organizations.amazonaws.com": ["organizations"],
    "s3.amazonaws.com": ["s3"],
    "signin.amazonaws.com": ["signin"],
    "sts.amazonaws.com": ["sts"],
}

# What CloudTrail calls differently: the name of the operation, and the name in the record. S3's are those of the S3 user
# guide, "Amazon S3 CloudTrail events".
RENAMED = {
    "s3.amazonaws.com": {
        "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
        "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
        "ListObjectsV2": "ListObjects",
    },
}

# What is recorded and is no operation of the model: actions in the console, events of the service itself, and operations of
# other models under the same event source.
MORE = {
    "ec2.amazonaws.com": [
        "BidEvictedEvent", "SharedSnapshotCopyInitiated", "SharedSnapshotVolumeCreated",
    ],
    "kms.amazonaws.com": ["DeleteKey", "RotateKey", "SynchronizeMultiRegionKey"],
    "organizations.amazonaws.com": ["CreateAccountResult", "AccountJoinedOrganization", "AccountDepartedOrganization"],
    "s3.amazonaws.com": [
        "DeleteAccountPublicAccessBlock", "GetAccountPublicAccessBlock", "PutAccountPublicAccessBlock",
        "DeleteAccessPoint", "DeleteAccessPointPolicy", "CreateAccessPoint", "PutAccessPointPolicy",
    ],
    "signin.amazonaws.com": [
        "CheckMfa", "ConsoleLogin", "CredentialChallenge", "CredentialVerification", "ExitRole", "ExternalIdPDirectoryLogin",
        "GetSigninToken", "PasswordRecoveryCompleted", "PasswordRecoveryRequested", "PasswordUpdated", "RenewRole", "SwitchRole",
        "UserAuthentication",
    ],
}

loader = Loader()
print(f"# Written by names.py from botocore {botocore.__version__}. NAME>OTHER: CloudTrail records the operation NAME as OTHER.")
for source, services in SERVICES.items():
    names = set(MORE.get(source, []))
    for service in services:
        names |= set(loader.load_service_model(service, "service-2")["operations"])
    renamed = RENAMED.get(source, {})
    lost = renamed.keys() - names
    assert not lost, f"{source} has no {lost}"
    names = names - renamed.keys() | set(renamed.values())
    words = sorted(names) + sorted(f"{a}>{b}" for a, b in renamed.items())
    print()
    print(source)
    print(textwrap.fill(" ".join(words), 120, initial_indent="\t", subsequent_indent="\t", break_long_words=False, break_on_hyphens=False))
